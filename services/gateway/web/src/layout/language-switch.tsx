import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { languageOf, languages } from '../language/language.ts';

// Each language is called by its own name, whatever the page speaks.
const names = { en: 'English', zh: '中文' } as const;

/** Changes to the other language. The choice is kept, so an address that asked for a language loses it. */
export const LanguageSwitch = () => {
  const { i18n } = useTranslation();
  const { pathname, search, hash } = useLocation();
  const navigate = useNavigate();
  const other = languageOf(i18n.resolvedLanguage) === 'zh' ? 'en' : 'zh';
  const change = async () => {
    await i18n.changeLanguage(other);
    const asked = new URLSearchParams(search);
    if (!asked.has('lang')) return;
    asked.delete('lang');
    await navigate({ pathname, search: asked.toString(), hash }, { replace: true });
  };
  return (
    <Button variant="default" size="xs" lang={languages[other]} onClick={() => void change()} data-testid="language">
      {names[other]}
    </Button>
  );
};
