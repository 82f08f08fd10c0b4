import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { AuditEntry } from '../api.ts';
import classes from '../common/list.module.css';
import { useOps } from '../use-ops.ts';
import { AuditSubject } from './audit-subject.tsx';
import { useDid } from './use-did.ts';
import { useTold } from './use-told.ts';

/** Who did what, to what, why; what was before, and what then. */
export const AuditRow = ({ subject, entry }: { subject: string; entry: AuditEntry }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const didOf = useDid();
  const changesOf = useTold();
  const changes = changesOf(entry).map(({ what, before, after }) =>
    before === undefined ? t('console.audit.is', { what, after }) : t('console.audit.became', { what, before, after }),
  );
  const { who, action, at, reason, reference } = entry;
  return (
    <li className={classes.row} data-testid="audit" data-action={action} data-who={who}>
      <Stack gap={4} style={{ flex: '1 1 260px', minWidth: 0 }}>
        <Text fw={600}>{format.spaced(t('console.audit.sentence', { name: nameOf(who), did: didOf(action) }))}</Text>
        {reason !== undefined && (
          <Text size="sm">{reference === undefined ? reason : t('console.grants.why', { reason, reference })}</Text>
        )}
        {changes.length > 0 && (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {changes.join(' · ')}
          </Text>
        )}
        <Group gap="4px 14px">
          <Text size="sm" c="dimmed">
            {format.moment(at)}
          </Text>
          <AuditSubject subject={subject} entry={entry} />
        </Group>
      </Stack>
    </li>
  );
};
