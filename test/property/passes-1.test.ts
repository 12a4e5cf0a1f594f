import { passesProperty } from '../support/passes-property.ts';

passesProperty(1, 6_000);
