-- The fields of a lock's hash: the owner that its holders share; their fencing
-- token; the end of the first waiter's turn, in ms, while the lock is free.
-- Sets OWNER, TOKEN, TURN.
local OWNER, TOKEN, TURN = 'o', 'f', 't'
