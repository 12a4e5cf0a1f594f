import { passesProperty } from '../support/passes-property.ts';

passesProperty(1, 1_500);
