import { z } from 'zod';

/** ISO 3166: a country, or a part of one. */
export const regionSchema = z
  .string()
  .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'A region as ISO 3166 has it, such as DE or CN-BJ.');

/** Whether a region is one of these or a part of one; no list is everywhere, and what is not known is nowhere else. */
export const isWithin = (region: string, regions: readonly string[]): boolean =>
  regions.length === 0 || regions.some((one) => region === one || region.startsWith(`${one}-`));
