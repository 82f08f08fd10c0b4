import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../fan/dialog.tsx';
import { useFormat } from '../../language/use-format.ts';
import { opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { partsOf, saveFile } from '../common/save-file.ts';
import { CopyText } from './copy-text.tsx';
import { exportNameOf } from './export-name.ts';
import { campaignQuery, grantsKey } from './queries.ts';
import { useGrantText } from './use-grant-text.ts';

/** More codes than this are no download for a tab: the command line goes on where it broke off. */
const mostHere = 100_000;

interface CodeExportProps {
  subject: string;
  campaignId: string;
  batch: number;
  reference: string;
  /** To give away; the canaries come besides. */
  codes: number;
  canaries: number;
}

/** Takes the codes of a batch out as a file. That it was done is recorded. */
export const CodeExport = ({ subject, campaignId, batch, reference, codes, canaries }: CodeExportProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { codesOf } = useGrantText();
  const queries = useQueryClient();
  const { data: campaign } = useQuery(campaignQuery(subject, campaignId));
  const [isAsking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const rows = codes + canaries;
  const name = exportNameOf({ campaign: campaign?.name ?? campaignId, reference, batch });
  const command = `npx fcode grant export --campaign ${campaignId} --batch ${batch} --out ${name}`;
  const has =
    canaries === 0
      ? [t('console.grants.exportHas', { codes: codesOf(codes) })]
      : [
          t('console.grants.exportHasCanaries', {
            rows: format.number(rows),
            codes: codesOf(codes),
            canaries: t('console.grants.canariesOf', { count: canaries, number: format.number(canaries) }),
          }),
          t('console.grants.exportCanaries'),
        ];
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t('console.grants.export')}</Button>
      {rows > mostHere ? (
        <Dialog isOpen={isAsking} onClose={close} title={t('console.grants.exportMany')}>
          <Stack gap="sm">
            <Text>{t('console.grants.exportCommand', { number: format.number(rows) })}</Text>
            {canaries > 0 && <Text>{has.join(' ')}</Text>}
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
          consequences={[...has, t('console.grants.exportMeans'), t('console.grants.exportKept')]}
          label={t('console.grants.exportNow')}
          onConfirm={async () => {
            const parts = await partsOf(await opsApi(subject).exportCodes(campaignId, batch));
            saveFile(name, parts);
          }}
          // Who exported it stands on the page.
          onDone={() => void queries.invalidateQueries({ queryKey: grantsKey(subject, campaignId) })}
        />
      )}
    </>
  );
};
