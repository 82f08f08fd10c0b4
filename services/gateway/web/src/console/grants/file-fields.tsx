import { Button, CopyButton, FileInput, Group, Progress, Stack, Text } from '@mantine/core';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { saveFile } from '../common/save-file.ts';
import type { FieldsProps } from './fields.ts';
import classes from './file-fields.module.css';

const sample = 'member_id,codes\nm_kai,1\nm_zoe,2\n';

interface FileFieldsProps extends FieldsProps {
  /** While it is on its way: how much of it has gone out, from 0 to 1. */
  sent: number | undefined;
}

/** A file of members: dropped or chosen; its form is said, with an example. */
export const FileFields = ({ draft, onChange, errorOf, sent }: FileFieldsProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files.item(0);
    if (file) onChange({ file });
  };
  return (
    <Stack gap="sm">
      {/* A mouse may drop a file here; a keyboard has the button within. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way to do what the field does */}
      <div
        className={classes.drop}
        data-over={isOver}
        data-testid="drop"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileInput
          label={t('console.grants.file')}
          description={t('console.grants.fileHint')}
          placeholder={t('console.grants.fileChoose')}
          accept=".csv,.txt,text/csv,text/plain"
          value={draft.file}
          onChange={(file) => onChange({ file })}
          error={errorOf('file')}
          clearable
          styles={{ placeholder: { color: 'var(--mantine-color-dimmed)' } }}
          clearButtonProps={{ 'aria-label': t('console.grants.fileClear') }}
        />
        {draft.file && (
          <Text size="sm" c="dimmed" mt={6}>
            {t('console.grants.fileSize', { size: format.number(Math.max(1, Math.round(draft.file.size / 1024))) })}
          </Text>
        )}
      </div>
      {sent !== undefined && (
        <Stack gap={4} role="status">
          <Progress value={sent * 100} aria-label={t('console.grants.sending')} />
          <Text size="sm">
            {sent < 1
              ? t('console.grants.sent', { percent: format.percent(Math.floor(sent * 100)) })
              : t('console.grants.reading')}
          </Text>
        </Stack>
      )}
      <Text size="sm">{t('console.grants.form')}</Text>
      <pre className={classes.sample}>{sample}</pre>
      <Group gap="xs">
        <CopyButton value={sample}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="subtle" onClick={copy} aria-live="polite">
              {copied ? t('code.copied') : t('console.grants.sampleCopy')}
            </Button>
          )}
        </CopyButton>
        <Button size="compact-sm" variant="subtle" onClick={() => saveFile('members.csv', [sample])}>
          {t('console.grants.sampleSave')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {t('console.grants.formBad')}
      </Text>
    </Stack>
  );
};
