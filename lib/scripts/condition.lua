-- Whether the preconditions of a request hold (trade_precondition.h) for what
-- there is: `tag` is the opaque part of its entity tag, nil if there is nothing;
-- `changed` is when it was set, in s, or nil.
-- `match` and `none_match` are the sets of If-Match and If-None-Match;
-- `unmodified_since` is in s, or ''.
-- Sets holds.
local function holds(match, none_match, unmodified_since, tag, changed)
  local function has(set)
    return tag
      and (set == '*' or string.find(set, ' ' .. tag .. ' ', 1, true))
  end
  if match ~= '' then
    if not has(match) then return false end
  elseif unmodified_since ~= '' and changed
    and tonumber(changed) > tonumber(unmodified_since) then
    return false
  end
  return none_match == '' or not has(none_match)
end
