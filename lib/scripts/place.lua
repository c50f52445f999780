-- place: reserves the items that an order has in this slot, and records the
-- order.  Its participants hold their items already (reserve.lua).
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
--       5 the Idempotency-Key's  6.. bought:<sku> of each item
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
--       6 buyer  7 deadline, ms of the shard's clock; the buyer's lock lasts
--       until then  8 ms of the lease, '' for a dry run
--       9 ms the record lives, '' for ever
--       10 headers of the event, and in the lines below the order
--       11.. the quantity of each item
--       then the fields of the slot to read: of each item available|, limit|,
--       opens|, closes|, held|<sku>
--       and if there are participants `<slot>=<version>,...` of them
--
-- Answers the record's header, `PLACED 1 <fingerprint> <version> <placed at>`,
-- with the participants behind it; or RECORD, REUSED, FREED (replay.lua),
-- CLOSED and why, or a refusal (explain_refusal.lua); NONE when it was a dry
-- run and nothing would refuse it.
--
-- The script reads and decides everything before its first write, and that
-- write is the replay check too: only a refusal has to look for a record.  The
-- rare work stands at the end, so that an order does not pay for its functions.

local call, pcall = redis.call, redis.pcall
local mine = nil

--@ check_stock.lua

local made = false
if ok then
  -- as allowed.lua does, which would cost each order a function
  local no = not redis.acl_check_cmd('HSET', KEYS[1], VERSION, 1) and 'HSET'
    or not redis.acl_check_cmd('ZADD', KEYS[2], 1, id) and 'ZADD'
  if no then return redis.error_reply('NOPERM this user may not ' .. no) end
  local new = version + 1 .. ''
  local header = 'PLACED 1 ' .. fingerprint .. ' ' .. new .. ' ' .. now
    .. (participants and ' ' .. participants or '')
  local record = header .. '\n' .. text
  --@ record.lua
  if made and made.ok then
    --@ reserve_units.lua
    return header
  end
end

--@ master.lua

--@ replay.lua

--@ explain_refusal.lua

return before()
  or made
  or slot[2] and 'CLOSED ' .. slot[2]
  or refusal()
  or 'NONE'
