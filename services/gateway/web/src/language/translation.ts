import type { en } from './en.ts';

/** The keys of the English, with any text. Chinese has one plural, so the English `…_one` have no counterpart. */
type Translated<Texts> = {
  readonly [Key in keyof Texts as Key extends `${string}_one` ? never : Key]: Texts[Key] extends string
    ? string
    : Translated<Texts[Key]>;
};
export type Translation = Translated<typeof en>;
