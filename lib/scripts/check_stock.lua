-- Reads the arguments and the stock of an order's items, and tests whether they
-- may be sold: `ok`.
-- KEYS, ARGV: as of place; `mine` is nil if this slot is the order's home, else
-- the hash of the Idempotency-Key, or ''
-- Reads call, mine.  Sets id, fingerprint, key_ms, buyer, deadline, lease,
-- keep, text, items, bought, quantity, field, participants, slot, version,
-- prefix, time, now, ok, had, locked, early, and the names of slot_fields.lua.
--
-- bought[i] is a key, and quantity[i] the text of a number.  From 5 * i - 2 on,
-- `field` has the names of the item's five fields, and `slot` their values.
local id, fingerprint, key_ms, buyer, deadline, lease, keep, text = unpack(ARGV, 3,
  10)
local items = #KEYS - 5
local bought = { unpack(KEYS, 6) }
local quantity = { unpack(ARGV, 11, 10 + items) }
--@ slot_fields.lua
local field = { VERSION, CLOSED, unpack(ARGV, 11 + items, 10 + 6 * items) }
local slot = call('HMGET', KEYS[1], unpack(field))
local participants = ARGV[11 + 6 * items]
--@ prefix.lua
--@ regressed.lua

--@ clock.lua
local ok = not slot[2] and now <= tonumber(deadline) and lease ~= ''
local had, locked, early = {}, false, 0

for i = 1, items do
  local f = 5 * i - 2
  local available, limit, opens, closes, held = unpack(slot, f, f + 4)
  -- A sold-out item, the most frequent refusal of a flash sale, needs no look at
  -- the buyer's entry.
  local sold_out = available
    and available + (held or 0) < tonumber(quantity[i])
  local entry = not sold_out and call('HGET', bought[i], buyer)
  had[i] = 0
  if entry then
    local n, deadline, id = string.match(entry, '^(%d+) (%d+) (%S+)$')
    had[i] = tonumber(n)
    -- The buyer's lock lasts until the earlier order's first event is
    -- acknowledged, or, if its home is another slot, until its hold here is no
    -- longer HELD; and to that order's deadline at most.  If the hold has the
    -- key `mine`, it belongs to a request with the same Idempotency-Key.
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
  if opens then
    -- Lua writes no integer of more than 14 digits
    early = math.max(early, math.min(opens - now, 99999999999999))
  end
  ok = ok and not sold_out and not locked and early == 0
    and available and tonumber(available) >= tonumber(quantity[i])
    and not (limit and had[i] + quantity[i] > tonumber(limit))
    and not (closes and now >= tonumber(closes))
end

