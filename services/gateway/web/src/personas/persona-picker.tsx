import { Alert, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '../problem-alert.tsx';
import { demoQuery } from '../queries.ts';
import { TierBadge } from '../tier-badge.tsx';
import classes from './persona-picker.module.css';
import { usePersona } from './use-persona.ts';
import { usePersonaName } from './use-persona-name.ts';

const columns = { base: 1, xs: 2, md: 5 };

/** The demo's people to choose from, or why there are none. */
export const PersonaPicker = ({ onChosen }: { onChosen?: () => unknown }) => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const { persona, choose } = usePersona();
  const { data, error, refetch } = useQuery(demoQuery);

  if (error) return <ProblemAlert error={error} onRetry={refetch} />;
  if (data === null) {
    return (
      <Alert title={t('personas.none')} variant="light" data-testid="no-demo-sign-in">
        {t('personas.noneText')}
      </Alert>
    );
  }
  if (!data) {
    return (
      <SimpleGrid cols={columns} aria-busy aria-label={t('personas.loading')} role="status">
        {['a', 'b', 'c', 'd', 'e'].map((place) => (
          <Skeleton key={place} height={124} radius="md" />
        ))}
      </SimpleGrid>
    );
  }
  return (
    <SimpleGrid cols={columns} component="ul" className={classes.people ?? ''}>
      {data.personas.map((other) => (
        <li key={other.subject}>
          <button
            type="button"
            className={classes.person}
            aria-pressed={other === persona}
            data-testid={`persona-${other.subject}`}
            onClick={() => {
              choose(other.subject);
              void onChosen?.();
            }}
          >
            <span className={classes.head}>
              <Text fw={650} fz="lg" component="span">
                {nameOf(other)}
              </Text>
              {other.tier && <TierBadge tier={other.tier} />}
            </span>
            <Text size="sm" c="dimmed" mt={8} component="span">
              {other === persona ? t('home.current') : other.tier && t(`tierAbout.${other.tier}`)}
            </Text>
          </button>
        </li>
      ))}
    </SimpleGrid>
  );
};
