// SPDX-License-Identifier: AGPL-3.0-or-later
// Words about figures: why one is not there, how sure it is, how it was made.
import type { Figure } from '../api/types';
import { formatFigure, formatInterval } from '../format';
import { dictionary } from './dictionary';

export const t = dictionary({
  zh: {
    no_data: '无数据',
    suppressed: '已隐去',
    not_defined: '无法计算',
    outside: '有矛盾',
    why_no_data: '这一时段没有上报数据。',
    why_suppressed: '计数过小，为保护个人而隐去；同一行中另有一个数一并隐去，以免由合计推算。',
    why_not_defined: '分母为零，无法计算。',
    why_outside: '分子不在分母之内：这是数据错误，请先核查，不作截断。',
    howMade: '这个数是怎么来的',
    lastYear: '上年同期',
    change: '变化',
    interval: '95%区间',
    definition: '定义',
    calculation: '计算',
    numerator: '分子',
    denominator: '分母',
    formula: '公式原文',
    edition: '版本',
    since: '自{from}起',
    until: '至{to}',
    target: '目标',
    reference: '参考值',
    sources: '数据来源',
    rowsOf: '{n}行',
    span: '{from}至{to}',
    lastSaved: '最后保存于{at}',
    neverSaved: '尚无数据',
    suppression: '隐去',
    rows: '明细',
    seeRows: '查看明细行',
    seeNumerator: '查看分子的明细行',
    noRows: '明细仅供有权限的角色查看。',
    more: '其他',
    explore: '按月份和地区查看',
    saveCsv: '下载（CSV）',
    madeAt: '计算于{at}，业务包{pack} {version}版',
    part: '其中',
    wholeIs: '以下为{area}{period}的总数：',
  },
  en: {
    no_data: 'no data',
    suppressed: 'hidden',
    not_defined: 'not defined',
    outside: 'contradiction',
    why_no_data: 'Nothing was reported for this period.',
    why_suppressed:
      'The count is so small that it is hidden to protect persons; another of its line is hidden with it, so that it cannot be found from a total.',
    why_not_defined: 'The denominator is zero.',
    why_outside: 'The numerator is not inside its denominator: an error of the data, to be looked into. It is never clipped.',
    howMade: 'How this number was made',
    lastYear: 'Same period last year',
    change: 'Change',
    interval: '95% interval',
    definition: 'Definition',
    calculation: 'Calculation',
    numerator: 'Numerator',
    denominator: 'Denominator',
    formula: 'Formula as written',
    edition: 'Edition',
    since: 'since {from}',
    until: 'until {to}',
    target: 'Target',
    reference: 'Reference',
    sources: 'Sources',
    rowsOf: '{n} row|{n} rows',
    span: '{from} to {to}',
    lastSaved: 'last saved {at}',
    neverSaved: 'nothing yet',
    suppression: 'Suppression',
    rows: 'Rows',
    seeRows: 'See the rows',
    seeNumerator: 'See the rows of the numerator',
    noRows: 'Rows are shown only to roles that may see them.',
    more: 'Further',
    explore: 'By month and area',
    saveCsv: 'Download (CSV)',
    madeAt: 'made {at}, pack {pack} {version}',
    part: 'Of these',
    wholeIs: 'For all of {area}, {period}:',
  },
});

/** The value, or the word for why there is none. */
export function figureText(figure: Figure | null | undefined, decimals: number): string {
  if (!figure) return t('no_data');
  if (figure.outside) return t('outside');
  return formatFigure(figure, decimals) || t(figure.state === 'ok' ? 'no_data' : figure.state);
}

export function intervalText(figure: Figure | null | undefined, decimals: number): string {
  return figure?.state === 'ok' && !figure.outside ? formatInterval(figure, decimals) : '';
}

/** The ends of its interval, for a file. */
export const ends = (figure: Figure | null | undefined): (number | null | undefined)[] =>
  isDrawn(figure) ? [figure.low, figure.high] : [null, null];

/** Whether it carries a value that may be drawn. */
export const isDrawn = (figure: Figure | null | undefined): figure is Figure & { value: number } =>
  figure?.state === 'ok' && !figure.outside && figure.value !== undefined && Number.isFinite(figure.value);

/** Lies the whole interval above (1) or below (-1) the band of the reference? 0: it cannot be told apart. null: no interval. */
export function besides(figure: Figure | null | undefined, band: { low: number; high: number }): -1 | 0 | 1 | null {
  if (!isDrawn(figure) || figure.low == null || figure.high == null) return null;
  if (figure.low > band.high) return 1;
  return figure.high < band.low ? -1 : 0;
}
