import { passesProperty } from '../support/passes-property.ts';

passesProperty(3, 6_000);
