-- restore_order: restores an order that is in the topic and was lost here.  If
-- only its later events were lost, the record gets these.
--
-- KEYS: 1 slot  2 due  3 the order's record  4.. bought:<sku> of each item that
--       lies in this slot
-- ARGV: 1 the version that had survived  2 the order's version
--       3 id  4 sequence  5 the record
--       6 ms the record lives, '' for ever  7 buyer
--       8 ms until an order that is not paid expires, '' for never
--       9.. the quantity of each item, then the SKU of each
--
-- Answers APPLIED; KNOWN if the record is here, and with it its effects; or
-- UNFENCED.  The script does not test whether units are available: they were
-- sold, and if the lost writes led to a second sale of them, available becomes
-- negative.  The buyer's entry has no lock, since the order's event is in the
-- topic.  The participants of a cart come onto the in-doubt list, so that the
-- sweeper brings their holds into line.

local call = redis.call
--@ body.lua
--@ fenced.lua
--@ mend.lua
local latest, made, keep, pay = ARGV[4], ARGV[5], ARGV[6], ARGV[8]

local record = call('GET', KEYS[3])
local had = string.match(record or 'NONE 0 ', '^%u+ (%d+) ')
had = tonumber(had)
if not had or had >= tonumber(latest) then return 'KNOWN' end

if keep == '' then
  call('SET', KEYS[3], made)
else
  call('SET', KEYS[3], made, 'PX', keep)
end

local state = string.match(made, '^%u+')
local ended = state == 'CANCELLED' or state == 'EXPIRED'

if ended and had > 0 then
  mend(1, -1)
elseif not ended and had == 0 then
  mend(-1, 1)
end

call('HSET', KEYS[1], VERSION, version)

for seq = had + 1, latest do
  call('ZREM', KEYS[2], id .. '.' .. seq)
end

--@ clock.lua
local unpaid = prefix .. 'unpaid'

if state ~= 'PLACED' then
  call('ZREM', unpaid, id)
elseif pay ~= '' then
  call('ZADD', unpaid, time[1] * 1000 + pay .. '', id)
end

local participants = first(made, latest, '^PLACED 1 %x+ %d+ %d+ ([^\n]*)\n')

for other in string.gmatch(participants or '', '(%d+)=') do
  call('ZADD', prefix .. 'asks', time[1] * 1000 .. '', id .. '.' .. other)
end

return 'APPLIED'
