import { Box, Button, Collapse, Grid, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { FcodeProblem } from '../../api.ts';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { type Campaign, opsApi } from '../api.ts';
import { CountInput } from '../common/count-input.tsx';
import { AllotmentFields } from './allotment-fields.tsx';
import { type Draft, definitionOf } from './draft.ts';
import { EditedMeanwhile } from './edited-meanwhile.tsx';
import { MoreFields } from './more-fields.tsx';
import { Part } from './part.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { ProductFields } from './product-fields.tsx';
import { campaignsKey } from './queries.ts';
import { useDraft } from './use-draft.ts';
import { WindowFields } from './window-fields.tsx';

const moreFields = [
  'buyerLimit',
  'orderLimit',
  'dayLimit',
  'holdSeconds',
  'transferLimit',
  'transferSeconds',
  'waitlist',
  'regions',
  'amount',
  'currency',
  'percent',
  'gift',
  'eligible',
];

const isMeanwhile = (error: unknown): boolean => error instanceof FcodeProblem && error.word === 'changed_meanwhile';

interface CampaignFormProps {
  subject: string;
  first: (now: number) => Draft;
  /** The draft that is edited; without it, there is none yet. */
  edits?: Pick<Campaign, 'campaignId' | 'revision'> | undefined;
  /** The form again, with the draft as it is by now. */
  onReopen?: (() => Promise<void>) | undefined;
}

/** The whole definition of a drop; beside it, and on a narrow screen below who gets how many, who would get what. */
export const CampaignForm = ({ subject, first, edits, onReopen }: CampaignFormProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const isWide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const { form, body, refuse, problem, wrong, isTried, tried } = useDraft(subject, () => first(Date.now()));
  const { draft, change, errorOf } = form;
  // As it was when the form was filled with it: only that has been seen.
  const [edited] = useState(edits);
  const [isMore, setMore] = useState(false);
  const moreId = useId();
  const element = useRef<HTMLFormElement>(null);
  /** As long as the outcome of a wish is not known, asking again is the same wish: it makes, or edits, one draft. */
  const wish = useRef<{ draft: Draft; key: string }>(undefined);

  const save = useMutation({
    mutationFn: async (sent: Draft) => {
      if (wish.current?.draft !== sent) wish.current = { draft: sent, key: crypto.randomUUID() };
      const { campaigns } = opsApi(subject);
      const once = { idempotencyKey: wish.current.key };
      return edited === undefined
        ? campaigns.create(definitionOf(sent), once)
        : campaigns.edit(edited.campaignId, definitionOf(sent), edited.revision, once);
    },
    onSuccess: ({ campaignId }) => {
      void queries.invalidateQueries({ queryKey: campaignsKey(subject) });
      void navigate(`/ops/campaigns/${campaignId}`);
    },
    onError: (error, sent) => {
      refuse({ draft: sent, error });
      showFirstMistake();
    },
  });

  /** Once the errors are there. */
  const showFirstMistake = () =>
    setTimeout(() => {
      const field = element.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
      field?.focus();
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tried();
    if (wrong.length === 0) return save.mutate(draft);
    if (wrong.some((field) => moreFields.includes(field))) setMore(true);
    showFirstMistake();
  };

  const panel = (
    <Part title={t('console.campaigns.preview.title')} lead={t('console.campaigns.preview.lead')}>
      <PreviewPanel subject={subject} body={body} quota={draft.quota} />
    </Part>
  );
  return (
    <Grid gap="lg" component="div">
      <Grid.Col span={{ base: 12, md: 7 }}>
        <form ref={element} onSubmit={submit} noValidate>
          <Stack gap="lg">
            <Part title={t('console.campaigns.form.what')}>
              <TextInput
                label={t('console.campaigns.form.name')}
                description={t('console.campaigns.form.nameHint')}
                placeholder={t('console.campaigns.form.namePlaceholder')}
                value={draft.name}
                onChange={(event) => change({ name: event.currentTarget.value })}
                error={errorOf('name')}
                maxLength={120}
                withAsterisk
                autoComplete="off"
              />
              <ProductFields {...form} />
              <WindowFields {...form} />
              <CountInput
                label={t('console.campaigns.form.quota')}
                description={t('console.campaigns.form.quotaHint')}
                value={draft.quota}
                onChange={(quota) => change({ quota })}
                error={errorOf('quota')}
                min={1}
                max={10_000_000}
                placeholder="1,000"
                withAsterisk
              />
            </Part>
            <Part title={t('console.campaigns.form.who')}>
              <AllotmentFields {...form} />
            </Part>
            {!isWide && panel}
            <Part title={t('console.campaigns.form.more')}>
              <Text size="sm" c="dimmed">
                {t('console.campaigns.form.moreLead', {
                  hold: format.duration(Math.round((draft.holdMinutes ?? 15) * 60)),
                })}{' '}
                {draft.buyerLimit !== undefined && t('console.campaigns.form.moreLimit', { count: draft.buyerLimit })}
              </Text>
              <Group>
                <Button
                  size="xs"
                  variant="default"
                  aria-expanded={isMore}
                  aria-controls={moreId}
                  onClick={() => setMore(!isMore)}
                  data-testid="more"
                >
                  {t(isMore ? 'console.campaigns.form.moreShown' : 'console.campaigns.form.more')}
                </Button>
              </Group>
              <Collapse expanded={isMore} id={moreId}>
                <MoreFields {...form} />
              </Collapse>
            </Part>
            {isTried && wrong.length > 0 && (
              <Text size="sm" c="red.9" role="alert">
                {t('console.campaigns.form.wrong', { count: wrong.length })}
              </Text>
            )}
            {problem !== undefined &&
              (edited && onReopen && isMeanwhile(problem) ? (
                <EditedMeanwhile campaignId={edited.campaignId} onReopen={onReopen} />
              ) : (
                <ProblemAlert error={problem} />
              ))}
            <Stack gap={6}>
              <Group>
                <Button type="submit" size="md" loading={save.isPending}>
                  {t('console.campaigns.form.save')}
                </Button>
              </Group>
              <Text size="sm" c="dimmed">
                {t('console.campaigns.form.saveHint')}
              </Text>
            </Stack>
          </Stack>
        </form>
      </Grid.Col>
      {isWide && (
        <Grid.Col span={5}>
          <Box pos="sticky" top={16}>
            {panel}
          </Box>
        </Grid.Col>
      )}
    </Grid>
  );
};
