import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { en } from './language/en.ts';

let isFirstPage = true;

/** The page's `h1` and its title. After a change of page the focus moves there, as it would after a real navigation. */
export const PageHeading = ({ page, children }: { page: keyof typeof en.page; children: ReactNode }) => {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(t(`page.${page}`));
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus();
    isFirstPage = false;
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1} fz={{ base: 28, sm: 36 }} lh={1.2}>
      {children}
    </Title>
  );
};
