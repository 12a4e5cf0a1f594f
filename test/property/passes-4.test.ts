import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 3_000);
