import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../fan/dialog.tsx';
import { useFormat } from '../../language/use-format.ts';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { partsOf, saveFile } from '../common/save-file.ts';
import { CopyText } from './copy-text.tsx';

/** More codes than this are no download for a tab: the command line goes on where it broke off. */
const mostHere = 100_000;

interface CodeExportProps {
  subject: string;
  campaignId: string;
  batch: number;
  codes: number;
}

/** Takes the codes of a batch out as a file. That it was done is recorded. */
export const CodeExport = ({ subject, campaignId, batch, codes }: CodeExportProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [isAsking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const command = `npx fcode grant export --campaign ${campaignId} --batch ${batch} --out fcodes-${batch}.csv`;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t('console.grants.export')}</Button>
      {codes > mostHere ? (
        <Dialog isOpen={isAsking} onClose={close} title={t('console.grants.exportMany')}>
          <Stack gap="sm">
            <Text>{t('console.grants.exportCommand', { number: format.number(codes) })}</Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {command}
            </Code>
            <Group>
              <CopyText text={command} />
            </Group>
          </Stack>
        </Dialog>
      ) : (
        <ConfirmDialog
          isOpen={isAsking}
          onClose={close}
          title={t('console.grants.exportAsk')}
          consequences={[t('console.grants.exportMeans'), t('console.grants.exportKept')]}
          label={t('console.grants.exportNow')}
          onConfirm={async () => {
            const parts = await partsOf(await opsApi(subject).exportCodes(campaignId, batch));
            saveFile(`fcodes-${batch}.csv`, parts);
          }}
        />
      )}
    </>
  );
};
