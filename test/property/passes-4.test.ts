import { passesProperty } from '../support/passes-property.ts';

passesProperty(4, 2_500);
