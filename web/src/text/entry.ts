// SPDX-License-Identifier: AGPL-3.0-or-later
// Words of the form in which rows are typed.
import type { Field, Label } from '../api/types';
import type { Words } from '../entry/rules';
import { dictionary } from './dictionary';

export const t = dictionary({
  zh: {
    seekArea: '编码、名称或拼音首字母',
    seekFacility: '编码、名称或拼音首字母',
    seekNone: '没有符合的地点；请换编码、名称或拼音首字母再找',
    source: '来源',
    sourceNeeded: '请选择这一行来自哪里',
    save: '保存',
    saveNext: '保存并录下一条',
    saveChange: '保存更正',
    startAnew: '清空重录',
    keys: '按键说明',
    keysHelp:
      '回车或 Tab 到下一项，上下箭头移动；编码项按数字、首字或拼音首字母选择；日期可写 20140605、6/5、今天；Ctrl+回车 保存并录下一条；Esc 关闭。',
    restored: '已恢复{at}未保存的内容。',
    draftKept: '草稿已加密保存在本机',
    draftNot: '没有网络时，本机不能保存草稿；离开前请先保存。',
    checking: '正在核对',
    reason: '更正原因',
    reasonHelp: '写进这一行的历史，例如“与出生证明核对”。',
    reasonNeeded: '请写明更正原因',
    nothingChanged: '没有改动',
    refused: '服务器没有接受这一行',
    alike: '可能是同一人',
    alikeNone: '没有找到相似的行',
    alikeHelp: '已有{n}行与此相似，不同的字已标出。若是同一人，请不要重复录入。',
    alikeRow: '已有{n}行与此相似，不同的字已标出。若是同一人，保留一行，其余作废。',
    same: '相同：{fields}',
    openRow: '打开这一行',
    likely: '相似度{p}%',
    conflictTitle: '这一行刚被别人改过',
    conflictNewTitle: '已有一行使用同一编号',
    conflictHelp: '逐项选择保留哪一个，再保存。别人的改动不会丢失：历史里都有。',
    conflictNone: '两边改的不是同一项，可以一起保存。',
    onlyMine: '只有您改了，按您的保存：{fields}。',
    onlyTheirs: '只有别人改了，照现在的保留：{fields}。',
    fieldSays: '{field} {value}',
    listComma: '、',
    mine: '我的',
    theirs: '现在的',
    theirsBy: '现在的（{who}，{at}）',
    allMine: '全部用我的',
    allTheirs: '全部用现在的',
    saveChoice: '按选择保存',
    leaveIt: '放弃我的改动',
    empty: '（空）',
    savedNow: '刚保存',
    keptHere: '没有网络：已加密保存在本机，恢复后自动发送',
    today: '今天',
    points: '分',
    pointsOf: '{n} / {of} 分',
    passed: '合格',
    notPassed: '不合格',
    critical: '关键项',
    criticalNotMet: '关键项不合格：{n}',
    itemsMissing: '还有 {n} 项未答',
    itemsDone: '{n} 项已全部作答',
    photoAdd: '添加照片',
    photoMore: '再添加一张',
    photosNotSent: '记录已保存，但有 {n} 张照片没有送达；请在“附件”中重新添加',
    photosKept: '记录已保存；{n} 张照片加密保存在本机，恢复网络后自动发送',
    photosAdded: '照片已添加',
  },
  en: {
    seekArea: 'code, name or pinyin initials',
    seekFacility: 'code, name or pinyin initials',
    seekNone: 'No such place; try its code, its name or pinyin initials',
    source: 'Source',
    sourceNeeded: 'Choose where this row comes from',
    save: 'Save',
    saveNext: 'Save and next',
    saveChange: 'Save the correction',
    startAnew: 'Clear and start anew',
    keys: 'Keys',
    keysHelp:
      'Enter or Tab goes to the next field, arrows up and down move; a code is chosen by its number, its first letter or pinyin initial; a date may be typed 20140605, 6/5 or today; Ctrl+Enter saves and begins the next; Esc closes.',
    restored: 'What you had typed and not saved at {at} is here again.',
    draftKept: 'Draft kept on this device, encrypted',
    draftNot: 'This device cannot keep a draft; save before you leave.',
    checking: 'Checking',
    reason: 'Why it is corrected',
    reasonHelp: 'It is kept in the history of the row, e.g. “compared with the certificate”.',
    reasonNeeded: 'Say why it is corrected',
    nothingChanged: 'Nothing was changed',
    refused: 'The server did not take this row',
    alike: 'Perhaps the same person',
    alikeNone: 'No row is alike',
    alikeHelp:
      '{n} row is like this one; the characters that differ are marked. If it is the same person, do not enter it again.|{n} rows are like this one; the characters that differ are marked. If it is the same person, do not enter it again.',
    alikeRow:
      '{n} row is like this one; the characters that differ are marked. If it is the same person, keep one and strike the other.|{n} rows are like this one; the characters that differ are marked. If it is the same person, keep one and strike the others.',
    same: 'Same: {fields}',
    openRow: 'Open this row',
    likely: '{p}% alike',
    conflictTitle: 'Somebody has just changed this row',
    conflictNewTitle: 'There is a row with this number already',
    conflictHelp: 'Choose field by field which to keep, then save. Nothing of the other version is lost: the history has it.',
    conflictNone: 'The two changed different fields, and can be saved together.',
    onlyMine: 'Changed by you alone, saved as you have it: {fields}.',
    onlyTheirs: 'Changed by others alone, kept as it is now: {fields}.',
    fieldSays: '{field} {value}',
    listComma: ', ',
    mine: 'Mine',
    theirs: 'As it is now',
    theirsBy: 'As it is now ({who}, {at})',
    allMine: 'All of mine',
    allTheirs: 'All as it is now',
    saveChoice: 'Save what I chose',
    leaveIt: 'Drop my changes',
    empty: '(empty)',
    savedNow: 'Saved just now',
    keptHere: 'No connection: kept on this device, encrypted, and sent when the network is back',
    today: 'today',
    points: 'points of 100',
    pointsOf: '{n} of {of}',
    passed: 'passed',
    notPassed: 'not passed',
    critical: 'critical',
    criticalNotMet: 'critical items not met: {n}',
    itemsMissing: '{n} to answer',
    itemsDone: 'all {n} answered',
    photoAdd: 'Add a photograph',
    photoMore: 'Add another',
    photosNotSent: 'The row is saved, but {n} photographs did not arrive; add them again under Attachments',
    photosKept:
      'The row is saved; {n} photograph is kept on this device, encrypted, until the network is back|The row is saved; {n} photographs are kept on this device, encrypted, until the network is back',
    photosAdded: 'The photographs are added',
  },
});

const range = (field: Field): Label => {
  const unit = { zh: field.unit.zh, en: field.unit.en && ` ${field.unit.en}` };
  const { min, max } = field;
  if (min !== undefined && max !== undefined)
    return { zh: `应在${min}至${max}${unit.zh}之间`, en: `Must be between ${min} and ${max}${unit.en}` };
  if (min !== undefined) return { zh: `不能小于${min}${unit.zh}`, en: `Must be at least ${min}${unit.en}` };
  return { zh: `不能大于${max}${unit.zh}`, en: `Must be at most ${max}${unit.en}` };
};

function unread(field: Field): Label {
  switch (field.type) {
    case 'date':
      return { zh: '没有这一天；请写成 2014-06-05、20140605 或 6/5', en: 'No such day; write 2014-06-05, 20140605 or 6/5' };
    case 'period':
      return { zh: '看不懂这个时段；请写成 201406 或 2014-6', en: 'No such period; write 201406 or 2014-6' };
    case 'int':
      return { zh: '应是整数，例如 3200', en: 'Must be a whole number, e.g. 3200' };
    case 'decimal':
      return { zh: '应是数字，例如 3.5', en: 'Must be a number, e.g. 3.5' };
    case 'area':
    case 'facility':
      return {
        zh: '没有这个地点；请从列表中选择（编码、名称或拼音首字母）',
        en: 'No such place; choose one of the list (code, name or pinyin initials)',
      };
    default:
      return { zh: '没有这个选项；请从列表中选择', en: 'No such choice; choose one of the list' };
  }
}

/** A photograph that is evidence for an item is not there; saved: the row is. */
export const photoWords = (saved: boolean) => ({
  text: { zh: '缺少此项的照片证据', en: 'The photograph that is evidence for it is not there' },
  cure: saved
    ? { zh: '请在此项补充照片；补齐之前本记录视为不完整', en: 'Attach it at this item; until then the row is incomplete' }
    : { zh: '请在此项拍照；如选项中有“不适用”可选择', en: 'Take it at this item, or answer “not applicable” where the list offers it' },
});

/** What the form itself finds wrong. */
export const problemWords: Words = {
  missing: () => ({ zh: '必填', en: 'Needed' }),
  noValue: unread,
  outside: range,
  tooLong: (field) => ({ zh: `最多${field.max_length}个字`, en: `At most ${field.max_length} characters` }),
};
