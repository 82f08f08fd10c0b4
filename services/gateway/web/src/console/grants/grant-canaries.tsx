import { Button, Code, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '../../code-text.ts';
import { Dialog } from '../../fan/dialog.tsx';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { CopyText } from './copy-text.tsx';

interface GrantCanariesProps {
  subject: string;
  campaignId: string;
  batch: number;
}

/** Which codes of the export nobody must be given. That they were shown is recorded, so it asks before. */
export const GrantCanaries = ({ subject, campaignId, batch }: GrantCanariesProps) => {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const [canaries, setCanaries] = useState<{ code: string; index: number }[]>();
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('console.grants.canariesShow')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('console.grants.canariesAsk')}
        consequences={[t('console.grants.canariesMeans'), t('console.grants.canariesKept')]}
        label={t('console.grants.canariesShow')}
        onConfirm={async () => setCanaries(await opsApi(subject).canaries(campaignId, batch))}
      />
      <Dialog
        isOpen={canaries !== undefined}
        onClose={() => setCanaries(undefined)}
        title={t('console.grants.canariesTitle')}
      >
        <Stack gap="sm">
          <Text>{t('console.grants.canariesMeans')}</Text>
          <List spacing={4} listStyleType="none" mah={320} style={{ overflowY: 'auto' }} data-testid="canaries">
            {canaries?.map(({ code, index }) => (
              <List.Item key={index}>
                <Code fz="sm">{grouped(code)}</Code> {batch}.{index}
              </List.Item>
            ))}
          </List>
          <span>
            <CopyText text={(canaries ?? []).map(({ code }) => grouped(code)).join('\n')} />
          </span>
        </Stack>
      </Dialog>
    </>
  );
};
