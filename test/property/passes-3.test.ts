import { passesProperty } from '../support/passes-property.ts';

passesProperty(3, 1_500);
