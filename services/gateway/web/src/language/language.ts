import i18next from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { zh } from './zh.ts';

/** Each language with what `<html lang>` and Intl call it. */
export const languages = { en: 'en', zh: 'zh-CN' } as const;
export type Language = keyof typeof languages;

export const languageOf = (tag: string | undefined): Language => (tag?.startsWith('zh') ? 'zh' : 'en');

const show = (tag: string) => {
  document.documentElement.lang = languages[languageOf(tag)];
};

/** Starts with the address (`?lang=zh`), else with what was chosen before, else with the browser's language. */
export const startLanguage = async (): Promise<void> => {
  i18next.on('languageChanged', show);
  await i18next
    .use(LanguageDetector)
    .use(initReactI18next)
    .init({
      resources: { en: { translation: en }, zh: { translation: zh } },
      supportedLngs: Object.keys(languages),
      fallbackLng: 'en',
      load: 'languageOnly',
      // React escapes.
      interpolation: { escapeValue: false },
      detection: {
        order: ['querystring', 'localStorage', 'navigator'],
        lookupQuerystring: 'lang',
        lookupLocalStorage: 'fcode.language',
        caches: ['localStorage'],
        convertDetectedLanguage: languageOf,
      },
    });
};
