#!lua flags=allow-oom
-- ack_effects: Kafka has acknowledged events of a slot's orders, and they are
-- no longer due.  The script applies the consequences.  If an order was
-- cancelled or has expired, its units go back, and its participants come onto
-- the in-doubt list, so that theirs go back too.  If it was placed, the time to
-- pay it begins, and its participants come onto the list, so that they sell
-- their holds.  The order's next event, if there is one, no longer waits.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 ms to pay an order, or ''
--       4 '1': the participants have sold their holds  5.. `<id>.<sequence>` of
--       each event, and ` <partition>` where its record may have none
--
-- Answers ACKED and the number of those events that were still due; CLOSED:
-- nothing goes back in a slot that is closed, and the events stay due.

--@ head.lua
local pay, sold, events = ARGV[3], ARGV[4], { unpack(ARGV, 5) }

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local n, ended = 0, false

--@ allowed.lua
local no = forbidden({ 'ZADD', KEYS[2], 1, 'a' },
  { 'HSET', KEYS[1], VERSION, 1 }, { 'HDEL', KEYS[1], VERSION },
  { 'HGET', KEYS[1], VERSION }, { 'SET', KEYS[1], 'a' })
if no then return no end

--@ move_units.lua

local function ask(id, record, latest)
  local list = first(record, latest, '^PLACED 1 %x+ %d+ %d+ ([^\n]*)\n')
  for other in string.gmatch(list or '', '(%d+)=') do
    call('ZADD', prefix .. 'asks', now .. '', id .. '.' .. other)
  end
end

-- The record with the partition in each event's second line that has none.
local function placed_in(record, latest, partition)
  local at, out = 1, {}
  for i = 1, latest do
    local line, had, rest, next = string.match(record,
      '^([^\n]*\n%l)(%d*)( [^\n]*\n)()', at)
    out[i] = line .. (had == '' and partition or had) .. rest
    at = next
  end
  return table.concat(out) .. string.sub(record, at)
end

for i = 1, #events do
  local due, partition = string.match(events[i], '^(%S+) ?(%d*)$')
  local id, seq = string.match(due, '^([^.]*)%.(%d+)$')
  local record = call('GET', prefix .. 'order:' .. id)
  -- a record that is gone while its event is due is lost: claim notices that
  if record and call('ZREM', KEYS[2], due) == 1 then
    local state, latest = string.match(record, '^(%u+) (%d+) ')
    n = n + 1
    if partition ~= '' then
      record = placed_in(record, latest, partition)
      call('SET', prefix .. 'order:' .. id, record, 'KEEPTTL')
    end
    if seq == '1' and sold == '' then ask(id, record, latest) end
    if latest ~= seq then
      call('ZADD', KEYS[2], 'XX', now .. '', id .. '.' .. seq + 1)
    elseif state == 'CANCELLED' or state == 'EXPIRED' then
      move(record, 2 * latest, 1, 0, -1, id)
      ended = true
      ask(id, record, latest)
    elseif state == 'PLACED' and pay ~= '' then
      call('ZADD', prefix .. 'unpaid', now + pay .. '', id)
    end
  end
end

if ended then
  --@ returned.lua
end

return 'ACKED ' .. n
