import { type Language, wordsOf } from './words.ts';

const { en, zh } = wordsOf;

interface Texts {
  readonly [key: string]: string | Texts;
}
const flat = (texts: Texts, before = ''): [key: string, text: string][] =>
  Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[before + key, value]] : flat(value, `${before}${key}.`),
  );

const keys = flat(en).map(([key]) => key.replace(/_(one|other)$/, ''));
const chinese = flat(zh).map(([, text]) => text);
/** What the English says between its places, as far as the Chinese does not say the very same. */
const english = flat(en)
  .flatMap(([, text]) => text.split(/\{\{\w+\}\}/))
  .map((piece) => piece.trim())
  .filter((piece) => /[a-z]{2}/i.test(piece) && !chinese.some((text) => text.includes(piece)));

const isEnglish = (text: string): boolean =>
  english.some((piece) => text === piece || (piece.includes(' ') && text.includes(piece)));
const hasChinese = (text: string): boolean => /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/.test(text);

/** Of what a page says: keys that nobody translated, and what is in the other language. */
export const wrongWords = (language: Language, texts: string[]): string[] =>
  texts.filter((text) => keys.includes(text) || (language === 'en' ? hasChinese(text) : isEnglish(text)));
