// SPDX-License-Identifier: AGPL-3.0-or-later
// The log is written in English, for it is chained by hashes; what the program itself wrote is read in the reader's language. Names of
// files, roles and people stay as they are.
import { language } from '../../language';

const chinese: [RegExp, string][] = [
  [/^first$/, '首位管理员'],
  [/^invitation$/, '邀请'],
  [/^reset$/, '重设密码'],
  [/^on$/, '开启'],
  [/^off$/, '关闭'],
  [/^made for a phone$/, '新建，供手机表单使用'],
  [/^made at the shell$/, '在命令行新建'],
  [/^made(; )?/, '新建；'],
  [/^changed, off/, '更改，停用'],
  [/^changed, on/, '更改，启用'],
  [/^changed/, '更改'],
  [/^removed$/, '删除'],
  [/^downloaded$/, '下载'],
  [/^saved (\d+): /, '保存第$1号文件：'],
  [/^undone (\d+): /, '撤回第$1号文件：'],
  [/^version (\S+) applied, (\d+) changes$/, '启用版本$1，共$2处变更'],
  [/^(\d+) areas$/, '$1个地区'],
  [/^explained$/, '已说明'],
  [/^explanation withdrawn$/, '撤回说明'],
  [/^rejected rows of an import$/, '导入中被退回的行'],
  [/^all is as it was written$/, '与写入时一致'],
  [/^a problem was found$/, '发现问题'],
];

export function auditText(text: string): string {
  if (language.value !== 'zh') return text;
  const found = chinese.find(([pattern]) => pattern.test(text));
  const words = found ? text.replace(found[0], found[1]).replace(/；$/, '') : text;
  return /^(新建|更改)/.test(words)
    ? words
        .replace(/; /g, '；')
        .replace(/ everywhere\b/g, '（全部地区）')
        .replace(/ in (\d{12})/g, '（$1）')
        .replace(/ of facility (\S+?)(?=,| until|$)/g, '机构$1')
        .replace(/ until (\d[\d-]+)/g, '至$1')
        .replace(/, /g, '、')
    : words;
}
