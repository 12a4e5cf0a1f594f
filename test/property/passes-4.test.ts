import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 1_500);
