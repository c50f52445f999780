-- Reads what is asked of a slot's items, and whether they may be sold: `ok`.
-- KEYS, ARGV: as of place; `mine` is the hash of the Idempotency-Key, or '',
-- where it is for an order whose home is another slot
-- Reads call, mine.  Sets id, fingerprint, key_ms, buyer, deadline, lease, keep,
-- text, items, slot, version, prefix, time, now, ok, had, locked, early.
local id, fingerprint, key_ms, buyer, deadline, lease, keep, text = unpack(ARGV, 3,
  10)
local items = #KEYS - 5
local slot = call('HMGET', KEYS[1], 'v', 'c', unpack(ARGV, 11 + items,
  10 + 6 * items))
--@ prefix.lua
--@ regressed.lua

--@ clock.lua
local ok = not slot[2] and now <= tonumber(deadline) and lease ~= ''
local had, locked, early = {}, false, 0

for i = 1, items do
  local quantity, f = tonumber(ARGV[10 + i]), 5 * i - 2
  local bought = call('HGET', KEYS[5 + i], buyer)
  had[i] = 0
  if bought then
    local n, deadline, id = string.match(bought, '^(%d+) (%d+) (%S+)$')
    had[i] = tonumber(n)
    -- The buyer's lock, until that order's first event is acknowledged, or,
    -- where its home is another slot, until this one is told what becomes of it,
    -- and to its deadline at most; under `mine` it may be what is asked for here.
    -- `locked` has the word for each item that is locked (explain_refusal.lua).
    local locks = now < tonumber(deadline)
    local state, key = string.match((locks or mine)
      and call('GET', prefix .. 'hold:' .. id) or '',
      '^(%u+) %d+ %d+ ?(%x*)')
    if mine and mine ~= '' and key == mine and (state == 'HELD'
      or state == 'SOLD' and locks) then
      locked = locked or {}
      locked[i] = 'PENDING'
    elseif locks and (state == 'HELD' or call('ZSCORE', KEYS[2], id .. '.1'))
    then
      locked = locked or {}
      locked[i] = 'LOCKED'
    end
  end
  if slot[f + 2] then
    -- Lua writes no integer of more than 14 digits
    early = math.max(early, math.min(slot[f + 2] - now, 99999999999999))
  end
  ok = ok and not locked and early == 0
    and slot[f] and tonumber(slot[f]) >= quantity
    and not (slot[f + 1] and had[i] + quantity > tonumber(slot[f + 1]))
    and not (slot[f + 3] and now >= tonumber(slot[f + 3]))
end

