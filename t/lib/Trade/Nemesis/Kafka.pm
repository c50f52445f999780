package Trade::Nemesis::Kafka;

# Faults of the broker.  Orders are accepted meanwhile.

use strict;
use warnings;

use Trade::Process qw(wait_for);

our %all = (
    'kafka-kill' => sub { restarted($_[0], 'KILL') },
    'kafka-restart' => sub { restarted($_[0], 'TERM') },

    # longer than records wait for their acknowledgement
    'kafka-stop' => sub {
        my ($w) = @_;
        my ($k, $mark) = ($w->{kafka}, $w->mark);
        my $before = $w->status('not_acked');
        $k->signal('STOP');
        return sub {
            my $after;
            wait_for(sub { $after = $w->status('not_acked'); $after != $before },
                15, 0.1);
            my $accepted = $w->await($mark, '202');
            $k->signal('CONT');
            return $accepted && $after && $after != $before
                && "$accepted answers of 202, $after not acknowledged";
        };
    },
);

sub restarted {
    my ($w, $signal) = @_;
    my ($k, $mark) = ($w->{kafka}, $w->mark);
    my $old = $k->pid;
    $k->stop($signal, 30);
    return sub {
        my $accepted = $w->await($mark, '202');
        $k->start;
        return $accepted && "process $old, now " . $k->pid
            . ", $accepted answers of 202";
    };
}

1;
