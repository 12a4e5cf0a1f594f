import { passesProperty } from '../support/passes-property.ts';

passesProperty(3, 4_000);
