import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 5_500);
