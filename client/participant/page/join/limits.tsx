/** How much of the machine this tab may use. */
import { BATTERY_LIMITS, type Limits, type Participant, SHARES } from '../../view.ts'
import { Choice } from './choice.tsx'

const SHARE_WORDS: Record<Limits['share'], string> = {
  100: 'All of the time',
  50: 'Half of the time',
  25: 'A quarter of the time',
}

export function LimitMenus({ participant }: { participant: Participant }) {
  const { view, actions } = participant
  const limits = view.limits.value
  return (
    <>
      <Choice
        label="How much of the time it trains"
        testid="share-menu"
        values={SHARES}
        chosen={limits.share}
        words={(share) => SHARE_WORDS[share]}
        onChoose={(share) => actions.limit({ ...limits, share })}
      />
      {view.battery.value === null ? null : (
        <Choice
          label="On battery, pause below"
          testid="battery-menu"
          values={BATTERY_LIMITS}
          chosen={limits.battery}
          words={(limit) => (limit === 0 ? 'Never' : `${limit} %`)}
          onChoose={(battery) => actions.limit({ ...limits, battery })}
        />
      )}
    </>
  )
}
