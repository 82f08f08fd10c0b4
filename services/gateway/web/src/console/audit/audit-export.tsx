import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { partsOf, saveFile } from '../common/save-file.ts';
import type { AuditWanted } from './queries.ts';

/** Takes what is wanted out as a file. */
export const AuditExport = ({ subject, wanted }: { subject: string; wanted: AuditWanted }) => {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const isWhole = Object.keys(wanted).length === 0;
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t('console.audit.export')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('console.audit.export')}
        consequences={[
          isWhole ? t('console.audit.exportAll') : t('console.audit.exportSome'),
          t('console.audit.exportKept'),
        ]}
        label={t('console.audit.exportNow')}
        onConfirm={async () => saveFile('audit.csv', await partsOf(await opsApi(subject).audit.export(wanted)))}
      />
    </>
  );
};
