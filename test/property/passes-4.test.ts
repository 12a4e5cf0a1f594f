import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 6_000);
