import { Anchor, Box, Button, Group, Paper, Radio, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { ProblemAlert } from '../../problem-alert.tsx';
import { opsApi } from '../api.ts';
import { PartHeading } from '../common/part-heading.tsx';
import { BearerFields } from './bearer-fields.tsx';
import { emptyDraft, type Fault, type Field, faultsOf, kinds, most, wishOf } from './draft.ts';
import { FileFields } from './file-fields.tsx';
import { NamedFields } from './named-fields.tsx';
import { campaignQuery, grantsKey, waitingGrantsKey } from './queries.ts';
import { SegmentFields } from './segment-fields.tsx';
import { uploadGrant } from './upload.ts';
import { useFieldProblem } from './use-field-problem.ts';
import { whyNoGrant } from './why-no-grant.ts';

/** Codes are asked for: to whom, how many, why. Nothing is given before somebody else has approved. */
export const NewGrant = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const { campaignId = '' } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: campaign } = useQuery(campaignQuery(subject, campaignId));
  const [draft, setDraft] = useState(emptyDraft);
  const [wasSent, setWasSent] = useState(false);
  const [sent, setSent] = useState<number>();
  const form = useRef<HTMLFormElement>(null);

  const ask = useMutation({
    mutationFn: () => {
      const about = { reason: draft.reason.trim(), reference: draft.reference.trim() };
      if (draft.kind !== 'file') {
        return opsApi(subject).grants.request(campaignId, { to: wishOf(draft), ...about });
      }
      // A form without faults has one.
      const file = draft.file ?? new File([], '');
      return uploadGrant(subject, campaignId, file, about, setSent);
    },
    onSuccess: ({ grantId }) => {
      void queries.invalidateQueries({ queryKey: grantsKey(subject, campaignId) });
      void queries.invalidateQueries({ queryKey: waitingGrantsKey(subject) });
      void navigate(`/ops/campaigns/${campaignId}/grants/${grantId}`);
    },
    onSettled: () => setSent(undefined),
  });
  const problem = useFieldProblem(ask.error);

  const faults = faultsOf(draft);
  const sentence = (fault: Fault | undefined) => fault && t(`console.grants.fault.${fault}`);
  const errorOf = (field: Field): string | undefined =>
    (wasSent ? sentence(faults[field]) : undefined) ?? (problem.field === field ? problem.text : undefined);
  const change = (changed: Partial<typeof draft>) => {
    ask.reset();
    setDraft((before) => ({ ...before, ...changed }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (Object.keys(faults).length === 0) return ask.mutate();
    // When the errors are there: to the first of them.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const fields = { draft, onChange: change, errorOf };

  const head = (
    <Stack gap={4}>
      <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} size="sm">
        {t('console.grants.back', { name: campaign?.name ?? '…' })}
      </Anchor>
      <PartHeading>{t('console.grants.newTitle')}</PartHeading>
      <Text c="dimmed">{t('console.grants.newLead')}</Text>
    </Stack>
  );
  const whyNot = campaign && whyNoGrant(campaign.phase);
  if (whyNot !== undefined) {
    return (
      <Stack gap="md">
        {head}
        <Text data-testid="no-grant">{t(`console.grants.noNew.${whyNot}`)}</Text>
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      {head}
      <Box component="form" onSubmit={submit} noValidate ref={form}>
        <Stack gap="md">
          <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
            <Stack gap="md">
              <Radio.Group
                label={t('console.grants.kindLabel')}
                value={draft.kind}
                onChange={(value) => {
                  setWasSent(false);
                  change({ kind: kinds.find((one) => one === value) ?? 'file' });
                }}
              >
                <Stack gap="xs" mt="xs">
                  {kinds.map((kind) => (
                    <Radio
                      key={kind}
                      value={kind}
                      label={t(`console.grants.kind.${kind}`)}
                      description={t(`console.grants.kindAbout.${kind}`)}
                    />
                  ))}
                </Stack>
              </Radio.Group>
            </Stack>
          </Paper>
          <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
            <Title order={3} size="h4" mb="sm">
              {t(`console.grants.kind.${draft.kind}`)}
            </Title>
            {draft.kind === 'file' && <FileFields {...fields} sent={sent} />}
            {draft.kind === 'segment' && <SegmentFields {...fields} subject={subject} />}
            {draft.kind === 'bearer' && <BearerFields {...fields} />}
            {draft.kind === 'named' && <NamedFields {...fields} />}
          </Paper>
          <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
            <Stack gap="sm">
              <TextInput
                label={t('console.reason')}
                description={t('console.grants.reasonHint')}
                value={draft.reason}
                maxLength={most.reason}
                onChange={(event) => change({ reason: event.currentTarget.value })}
                error={errorOf('reason')}
                maw={560}
              />
              <TextInput
                label={t('console.grants.reference')}
                description={t('console.grants.referenceHint')}
                placeholder="PR-7"
                value={draft.reference}
                maxLength={most.reference}
                onChange={(event) => change({ reference: event.currentTarget.value })}
                error={errorOf('reference')}
                maw={560}
              />
            </Stack>
          </Paper>
          {ask.error && problem.field === undefined && <ProblemAlert error={ask.error} />}
          <Group>
            <Button type="submit" size="md" loading={ask.isPending}>
              {t('console.grants.ask')}
            </Button>
            <Text size="sm" c="dimmed">
              {t('console.grants.askHint')}
            </Text>
          </Group>
        </Stack>
      </Box>
    </Stack>
  );
};
