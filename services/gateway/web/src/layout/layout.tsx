import { Anchor, Container, Group, Skeleton, Stack, Text } from '@mantine/core';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { OpsSelect } from '../console/ops-select.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import classes from './layout.module.css';
import { MemberSelect } from './member-select.tsx';

const waiting = (
  <Stack gap="md" aria-hidden>
    <Skeleton height={40} width="50%" />
    <Skeleton height={160} />
    <Skeleton height={160} />
  </Stack>
);

/** No link to `#content`: what stands behind the `#` of an address may be a code, or what opens one, and must stay there. */
const skip = () => document.getElementById('content')?.focus();

/** What every page has around it. */
export const Layout = () => {
  const { t } = useTranslation();
  const isConsole = useLocation().pathname.startsWith('/ops');
  return (
    <>
      <button type="button" className={classes.skip} onClick={skip}>
        {t('layout.skip')}
      </button>
      <header className={classes.header}>
        <Container size="lg" className={classes.bar}>
          <Link to="/" className={classes.brand}>
            <span aria-hidden className={classes.mark}>
              F
            </span>
            {t('layout.brand')}
          </Link>
          <nav className={classes.nav} aria-label={t('layout.nav')}>
            <NavLink to="/fan" className={classes.page ?? ''}>
              {t('layout.fan')}
            </NavLink>
            <NavLink to="/shop" className={classes.page ?? ''}>
              {t('layout.shop')}
            </NavLink>
            <NavLink to="/ops" className={classes.page ?? ''}>
              {t('layout.ops')}
            </NavLink>
          </nav>
          <Group gap="xs" wrap="nowrap" className={classes.choices ?? ''}>
            {isConsole ? <OpsSelect /> : <MemberSelect />}
            <LanguageSwitch />
          </Group>
        </Container>
      </header>
      <Container component="main" id="content" tabIndex={-1} size="lg" py={{ base: 'lg', sm: 'xl' }}>
        <Suspense fallback={waiting}>
          <Outlet />
        </Suspense>
      </Container>
      <footer className={classes.footer}>
        <Container size="lg">
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t('layout.footer')}
            </Text>
            <Anchor href="/openapi.json" size="sm">
              {t('layout.document')}
            </Anchor>
          </Group>
        </Container>
      </footer>
    </>
  );
};
