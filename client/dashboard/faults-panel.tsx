/** What did not go as planned, and what became of it. Not there while there is nothing to tell. */
import { plural } from '../ui/format.ts'
import { AbandonedList } from './abandoned-list.tsx'
import { DropoutPicture } from './dropout-picture.tsx'
import { abandonedRounds, dropouts, resumedAt } from './faults.ts'
import { job, rounds, selectedRound } from './store.ts'
import { roundTitle } from './words.ts'

export function FaultsPanel() {
  const row = job.value
  if (row === null) return null
  const abandoned = abandonedRounds(rounds.value)
  const lost = dropouts(row, rounds.value)
  const restarted = rounds.value.filter((round) => resumedAt(round, row.config) !== null)
  const resumed = row.sessionsResumed
  if (abandoned.length + lost.total + restarted.length + resumed === 0) return null
  return (
    <section class="panel faults" id="interruptions" tabIndex={-1} aria-labelledby="faults-title" data-testid="faults">
      <div class="panel-head">
        <h2 id="faults-title">Interruptions</h2>
        <span class="small soft">what did not go as planned, and what became of it</span>
      </div>
      <div class="faults-columns">
        <div>
          <h3 id="abandoned-title">Abandoned rounds</h3>
          {abandoned.length === 0 ? (
            <p class="small soft">None: every round that began has been committed or is still open.</p>
          ) : (
            <>
              <p class="caption">Nothing of these attempts counts. Unless the job ends, the round is begun anew.</p>
              <AbandonedList rows={abandoned} />
            </>
          )}
        </div>
        <div>
          <h3>Drop-outs by phase</h3>
          {lost.total === 0 ? (
            <p class="small soft">None: every task was answered.</p>
          ) : (
            <>
              <p class="caption">What a client was doing when its part in a round ended without counting.</p>
              <DropoutPicture dropouts={lost} />
            </>
          )}
        </div>
        <div>
          <h3>Taken up again</h3>
          {resumed + restarted.length === 0 && <p class="small soft">Nothing had to be.</p>}
          {resumed > 0 && (
            <p class="small" data-testid="resumed-sentence">
              <b>{plural(resumed, 'connection')}</b> {resumed === 1 ? 'was' : 'were'} lost and came back in time.{' '}
              {resumed === 1 ? 'Its client went on where it was.' : 'Their clients went on where they were.'}
            </p>
          )}
          {restarted.length > 0 && (
            <p class="small">
              The coordinator was restarted, and the round under way went on:{' '}
              {restarted.slice(-SHOWN).map((round, i) => (
                <span key={round.key}>
                  {i > 0 && ', '}
                  <button
                    type="button"
                    class="link"
                    onClick={() => {
                      selectedRound.value = round.key
                    }}
                  >
                    {roundTitle(round).toLowerCase()}
                  </button>
                </span>
              ))}
              .
            </p>
          )}
        </div>
      </div>
    </section>
  )
}

/** The latest ones are enough to look at. */
const SHOWN = 8
