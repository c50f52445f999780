package Trade::Nemesis::Redis;

# Faults of a shard whose writes stay.

use strict;
use warnings;

use Trade::Process qw(slurp wait_for);

our %all = (
    'redis-kill' => sub { restarted($_[0], 'KILL') },
    'redis-restart' => sub { restarted($_[0], 'TERM') },

    'redis-stop' => sub {
        my ($w) = @_;
        my ($r, $mark) = ($w->shard, $w->mark);
        my $pid = $r->pid;
        $r->signal('STOP');
        return sub {
            my $stood = slurp("/proc/$pid/stat") =~ /\) T /;
            my $refused = $w->await($mark, 'no-answer', 'shard-down');
            $r->signal('CONT');
            return $stood && $refused
                && "process $pid stood still, $refused answers of 503";
        };
    },

    'redis-script-flush' => sub {
        my ($w) = @_;
        my $r = $w->shard;
        my $before = errors($r, 'NOSCRIPT');
        $r->cmd('SCRIPT', 'FLUSH', $w->pick('SYNC', 'ASYNC'));
        return sub {
            my $n = wait_for(sub { errors($r, 'NOSCRIPT') - $before }, 10);
            return $n && "$n times NOSCRIPT";
        };
    },

    'redis-maxmemory' => sub {
        my ($w) = @_;
        my $r = $w->shard;
        my ($before, $mark) = (errors($r, 'OOM'), $w->mark);
        $r->cmd('CONFIG', 'SET', 'maxmemory', 1);
        return sub {
            my $refused = $w->await($mark, 'shard-refused');
            my $n = errors($r, 'OOM') - $before;
            $r->cmd('CONFIG', 'SET', 'maxmemory', 0);
            return $n > 0 && $refused && "$n times OOM, $refused answers of 503";
        };
    },
);

sub restarted {
    my ($w, $signal) = @_;
    my ($r, $mark) = ($w->shard, $w->mark);
    my $old = $r->pid;
    $r->stop($signal);
    return sub {
        my $refused = $w->await($mark, 'no-answer', 'shard-down');
        $r->start;
        return $refused && "process $old, now " . $r->pid
            . ", $refused answers of 503";
    };
}

sub errors {
    my ($r, $error) = @_;
    return $r->cmd('INFO', 'errorstats') =~ /errorstat_$error:count=(\d+)/ ? $1 : 0;
}

1;
