import { passesProperty } from '../support/passes-property.ts';

passesProperty(2, 2_500);
