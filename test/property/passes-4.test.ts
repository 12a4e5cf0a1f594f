import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 4_000);
