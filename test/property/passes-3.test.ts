import { passesProperty } from '../support/passes-property.ts';

passesProperty(3, 2_500);
