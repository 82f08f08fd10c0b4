import { Anchor, Button, Code, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { CountInput } from '../common/count-input.tsx';
import { conditionOf, newWho, whoKinds } from '../who/who.ts';
import { WhoFields } from '../who/who-fields.tsx';
import type { RuleDraft } from './draft.ts';
import classes from './fields.module.css';

interface RuleCardProps {
  rule: RuleDraft;
  /** From 0, and of how many. */
  position: number;
  of: number;
  onChange: (rule: RuleDraft) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
  errorOf: (field: string) => string | undefined;
}

/** One rule: for whom, how many each, and how many of the quota it keeps for itself. */
export const RuleCard = ({ rule, position, of, onChange, onMove, onRemove, errorOf }: RuleCardProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { who, codes, places, until } = rule;
  const place = { place: String(position + 1) };
  const condition = conditionOf(who);
  const kindHere = (text: string) => whoKinds.find((kind) => kind === text) ?? 'everybody';
  const placesHint = (): string => {
    if (places === undefined || !codes) return t('console.campaigns.form.placesHint');
    const members = Math.ceil(places / codes);
    return t('console.campaigns.form.placesFor', { count: members, members: format.number(members) });
  };
  // A text that somebody wrote stands under its field; of a form, under the condition that it makes.
  const wrong = errorOf('who');
  return (
    <fieldset className={classes.rule} data-testid={`rule-${position}`}>
      <legend>{t('console.campaigns.form.rule', place)}</legend>
      <Stack gap="sm">
        <div className={classes.pair}>
          <NativeSelect
            label={t('console.campaigns.form.forWhom')}
            value={who.kind}
            onChange={(event) => onChange({ ...rule, who: newWho(kindHere(event.currentTarget.value), condition) })}
            data={whoKinds.map((kind) => ({ value: kind, label: t(`console.who.kind.${kind}`) }))}
          />
          {who.kind !== 'own' && (
            <WhoFields who={who} onChange={(next) => onChange({ ...rule, who: next })} error={wrong} />
          )}
        </div>
        {who.kind === 'own' ? (
          <WhoFields who={who} onChange={(next) => onChange({ ...rule, who: next })} error={wrong} />
        ) : (
          <Text size="sm" component="div">
            {t('console.campaigns.form.conditionShown')} <Code className={classes.condition ?? ''}>{condition}</Code>{' '}
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() => onChange({ ...rule, who: { kind: 'own', text: condition } })}
            >
              {t('console.campaigns.form.edit')}
            </Anchor>
          </Text>
        )}
        <div className={classes.pair}>
          <CountInput
            label={t('console.campaigns.form.codes')}
            value={codes}
            onChange={(count) => onChange({ ...rule, codes: count })}
            error={errorOf('codes')}
            min={1}
            max={100}
          />
          <CountInput
            label={t('console.campaigns.form.places')}
            description={placesHint()}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={places}
            onChange={(count) => onChange({ ...rule, places: count })}
            error={errorOf('places')}
            min={1}
            max={10_000_000}
          />
          {places !== undefined && (
            <TextInput
              type="datetime-local"
              label={t('console.campaigns.form.until')}
              description={t('console.campaigns.form.untilHint')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={until}
              onChange={(event) => onChange({ ...rule, until: event.currentTarget.value })}
              error={errorOf('until')}
            />
          )}
        </div>
        <Group gap="xs">
          <Button
            size="compact-xs"
            variant="default"
            disabled={position === 0}
            onClick={() => onMove(-1)}
            aria-label={t('console.campaigns.form.up', place)}
          >
            ↑
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={position === of - 1}
            onClick={() => onMove(1)}
            aria-label={t('console.campaigns.form.down', place)}
          >
            ↓
          </Button>
          <Button size="compact-xs" variant="default" onClick={onRemove}>
            {t('console.campaigns.form.removeRule', place)}
          </Button>
        </Group>
      </Stack>
    </fieldset>
  );
};
