/** How much of the machine this tab may use. */
import { BATTERY_LIMITS, type Limits, type Participant, SHARES } from '../../view.ts'

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
      <label class="field">
        <span>How much of the time it trains</span>
        <select
          data-testid="share-menu"
          value={limits.share}
          onChange={({ currentTarget }) => {
            const share = SHARES.find((value) => String(value) === currentTarget.value)
            if (share) actions.limit({ ...limits, share })
          }}
        >
          {SHARES.map((share) => (
            <option key={share} value={share}>
              {SHARE_WORDS[share]}
            </option>
          ))}
        </select>
      </label>
      {view.battery.value === null ? null : (
        <label class="field">
          <span>On battery, pause below</span>
          <select
            data-testid="battery-menu"
            value={limits.battery}
            onChange={({ currentTarget }) => {
              const battery = BATTERY_LIMITS.find((value) => String(value) === currentTarget.value)
              if (battery !== undefined) actions.limit({ ...limits, battery })
            }}
          >
            {BATTERY_LIMITS.map((limit) => (
              <option key={limit} value={limit}>
                {limit === 0 ? 'Never' : `${limit} %`}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  )
}
