// SPDX-License-Identifier: AGPL-3.0-or-later
// The campaign's own row with its moves: the strip that stands in the drawer of a register.
import type { RowFull } from '../../api/types';
import { useGet } from '../../api/use';
import { linkRow } from '../../links';
import { Problem, Skeleton } from '../../parts';
import { go, registerOf } from '../../state';
import { StageStrip } from '../registers/moves';

export function CampaignMoves({ name, id, onMoved }: { name: string; id: string; onMoved: () => void }) {
  const register = registerOf(name);
  const row = useGet<RowFull>(`/api/registers/${name}/rows/${id}`);
  if (row.error) return <Problem error={row.error} again={row.again} />;
  if (!row.data || !register) return <Skeleton lines={2} />;
  return (
    <StageStrip
      register={register}
      row={row.data}
      onAgain={() => {
        row.again();
        onMoved();
      }}
      onFiles={() => go(linkRow(name, id))}
    />
  );
}
