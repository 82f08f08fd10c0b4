import { resultLine, resultsHead } from '@fcode/client';
import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { useProblemText } from '../../language/use-problem-text.ts';
import { type GrantJob, opsApi } from '../api.ts';
import { saveFile } from '../common/save-file.ts';

/** Rows that are put into one piece of the file. */
const rowsAtOnce = 1000;

/** All results as one file, asked for page by page. */
export const RowsDownload = ({ subject, grant }: { subject: string; grant: GrantJob }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { ofError } = useProblemText();
  const [done, setDone] = useState(0);
  const { campaignId, grantId } = grant;
  const download = useMutation({
    mutationFn: async () => {
      const parts: string[] = [resultsHead];
      let lines: string[] = [];
      for await (const row of opsApi(subject).grants.rows(campaignId, grantId)) {
        lines.push(resultLine(row));
        if (lines.length === rowsAtOnce) {
          parts.push(lines.join(''));
          lines = [];
          setDone(row.row);
        }
      }
      saveFile(`results-${grantId}.csv`, [...parts, ...lines]);
    },
    onMutate: () => setDone(0),
  });
  return (
    <Group gap="sm">
      {download.isPending && done > 0 && (
        <Text size="sm" c="dimmed" role="status">
          {t('console.grants.rowsRead', { done: format.number(done), rows: format.number(grant.file?.rows ?? 0) })}
        </Text>
      )}
      {download.error && (
        <Text size="sm" c="red.9" role="alert">
          {ofError(download.error)}
        </Text>
      )}
      <Button size="xs" variant="default" loading={download.isPending} onClick={() => download.mutate()}>
        {t('console.grants.rowsSave')}
      </Button>
    </Group>
  );
};
