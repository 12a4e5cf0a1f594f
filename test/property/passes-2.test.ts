import { passesProperty } from '../support/passes-property.ts';

passesProperty(2, 1_500);
