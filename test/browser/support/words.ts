import { en } from '@fcode/web/language/en';
import type { Translation } from '@fcode/web/language/translation';
import { zh } from '@fcode/web/language/zh';

export type Language = 'en' | 'zh';

/** What the pages say. */
export const wordsOf: Record<Language, Translation> = { en, zh };

/** A text with its `{{places}}` filled. */
export const filled = (text: string, values: Record<string, string>): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, place: string) => values[place] ?? '');
