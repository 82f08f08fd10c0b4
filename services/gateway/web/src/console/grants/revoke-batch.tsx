import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { isRevoked, type Revoked } from './queries.ts';

interface RevokeBatchProps {
  subject: string;
  batch: number;
  /** How many, where it is known. */
  codes?: number;
  /** In a list, where there may be several. */
  isInList?: boolean;
  onRevoked?: () => void;
}

/** Takes all codes of a batch out of use, for good. */
export const RevokeBatch = ({ subject, batch, codes, isInList = false, onRevoked }: RevokeBatchProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="outline"
        color="red.9"
        onClick={() => setAsking(true)}
        {...(isInList && { size: 'xs', 'aria-label': t('console.grants.revokeOf', { batch }) })}
      >
        {t('console.grants.revoke')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('console.grants.revokeAsk', { batch })}
        consequences={[
          codes === undefined
            ? t('console.grants.revokeAll')
            : t('console.grants.revokeMeans', { count: codes, number: format.number(codes) }),
          t('console.grants.revokeKeeps'),
          t('console.grants.revokeForGood'),
        ]}
        label={t('console.grants.revoke')}
        isForGood
        hasReason
        onConfirm={async (reason) => {
          await opsApi(subject).checkout.revokeBatch(batch, reason);
          // As the audit log will tell it in a moment.
          const told = { at: new Date().toISOString(), who: subject, subject: `batch/${batch}`, reason };
          queries.setQueriesData<Revoked[]>({ predicate: ({ queryKey }) => isRevoked(queryKey) }, (known = []) => [
            told,
            ...known,
          ]);
        }}
        onDone={() => {
          void queries.invalidateQueries({
            queryKey: ['ops', subject],
            predicate: ({ queryKey }) => !isRevoked(queryKey),
          });
          onRevoked?.();
        }}
      />
    </>
  );
};
