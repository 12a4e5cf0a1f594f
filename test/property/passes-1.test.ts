import { passesProperty } from '../support/passes-property.ts';

passesProperty(1, 2_500);
