package Trade::Nemesis::Nginx;

# Workers that die or stand still, reloads, new binaries, ends, and clients that
# go by the thousand.

use strict;
use warnings;

use Trade::Daemon;
use Trade::Process qw(slurp wait_for);

my $STORM = 4000;

our %all = (
    'nginx-worker-kill' => sub {
        my ($w) = @_;
        return killed($w, $w->pick($w->{nginx}->workers));
    },

    'nginx-workers-kill' => sub {
        my ($w) = @_;
        return killed($w, $w->{nginx}->workers);
    },

    'nginx-worker-stop' => sub {
        my ($w) = @_;
        my $pid = $w->pick($w->{nginx}->workers);
        kill 'STOP', $pid;
        return sub {
            my $stood = slurp("/proc/$pid/stat") =~ /\) T /;
            kill 'CONT', $pid;
            return $stood && "worker $pid stood still";
        };
    },

    'nginx-reload' => sub {
        my ($w) = @_;
        my @old = $w->{nginx}->workers;
        $w->{nginx}->signal('HUP');
        return sub { replaced($w, @old) };
    },

    'nginx-upgrade' => sub {
        my ($w) = @_;
        my ($old, $new) = $w->{nginx}->upgrade;
        return sub {
            kill 'WINCH', $old;
            wait_for(sub { !Trade::Daemon::workers_of($old) }, 30) or return;
            kill 'QUIT', $old;
            return wait_for(sub { !kill 0, $old }, 10)
                && "master $old, now $new";
        };
    },

    'nginx-quit' => sub { ended($_[0], 'QUIT') },
    'nginx-term' => sub { ended($_[0], 'TERM') },

    'client-storm' => sub {
        my ($w) = @_;
        my $storm = $w->storm($STORM);
        return sub {
            $storm->wait_end(30) or return;
            my $resets = () = slurp($storm->{history}) =~ / reset /g;
            return $resets > $STORM / 2 && "$resets connections were reset";
        };
    },
);

sub killed {
    my ($w, @pids) = @_;
    kill 'KILL', @pids;
    return sub { replaced($w, @pids) };
}

sub ended {
    my ($w, $signal) = @_;
    my $n = $w->{nginx};
    my $old = $n->pid;
    $n->signal($signal);
    my $ended = wait_for(sub { !kill 0, $old }, 30);
    $n->start;
    return sub { $ended && "master $old, now " . $n->pid };
}

# Whether others work where these did.
sub replaced {
    my ($w, @old) = @_;
    my %old = map { $_ => 1 } @old;
    my @now;
    return wait_for(sub {
        @now = $w->{nginx}->workers;
        return @now == $w->{workers} && !grep { $old{$_} } @now;
    }, 30) && "workers @old, now @now";
}

1;
