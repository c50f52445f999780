-- Whether the preconditions of a request hold (trade_precondition.h) for what
-- there is: `tag` is the opaque part of its entity tag, nil if there is nothing;
-- `changed` is when it was set, in s, or nil.
-- ARGV from `at`: the sets of If-Match and If-None-Match; If-Unmodified-Since, in
-- s, or ''
-- Sets holds.
local function holds(at, tag, changed)
  local match, none, since = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local function has(set)
    return tag
      and (set == '*' or string.find(set, ' ' .. tag .. ' ', 1, true))
  end
  if match ~= '' then
    if not has(match) then return false end
  elseif since ~= '' and changed and tonumber(changed) > tonumber(since) then
    return false
  end
  return none == '' or not has(none)
end
